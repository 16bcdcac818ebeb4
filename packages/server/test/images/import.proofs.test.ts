import { proveAll } from '../support/operation-proofs.ts'
import { proven } from './import.proven.ts'

await proveAll(proven)
