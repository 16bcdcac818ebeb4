import { proveAll } from '../support/operation-proofs.ts'
import { proven } from './power.proven.ts'

await proveAll(proven)
