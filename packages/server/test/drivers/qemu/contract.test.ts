import { needs } from '../../../../../test/support/needs.ts'
import { driverContract } from '../../../src/drivers/contract.ts'
import { qemuHarness } from './harness.ts'

if (!needs('qemu-system-x86_64', 'qemu-img', 'qemu-io')) driverContract('qemu', qemuHarness)
