import { proveAll } from '../support/operation-proofs.ts'
import { proven } from './create.proven.ts'

await proveAll(proven)
