import { proveAll } from '../support/operation-proofs.ts'
import { proven } from './undo.proven.ts'

await proveAll(proven)
