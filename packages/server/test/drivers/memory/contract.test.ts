import { driverContract } from '../../../src/drivers/contract.ts'
import { makeMemoryHarness } from './harness.ts'

driverContract('memory', () => makeMemoryHarness())
