import { proveAll } from '../support/operation-proofs.ts'
import { proven } from './restore.proven.ts'

await proveAll(proven)
