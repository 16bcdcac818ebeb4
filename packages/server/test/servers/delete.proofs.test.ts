import { proveAll } from '../support/operation-proofs.ts'
import { proven } from './delete.proven.ts'

await proveAll(proven)
