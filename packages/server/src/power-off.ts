/**
 * Powers off every server of the state folder, for the end of the host: deploy/restpoint-guests.service. The service
 * itself must have ended; while it runs, `POST /servers/{id}/stop/` is the way. Exit code 1: not all of them are off.
 */
import { realHost } from './drivers/qemu/host.ts'
import { powerOffAll } from './drivers/qemu/power-off.ts'
import { openQemuDriver } from './drivers/qemu/qemu-driver.ts'
import { configOfThisProcess, explain } from './main.ts'
import { lookUpUser } from './setup/qemu-user.ts'
import { takeStateFolder } from './setup/state-folder.ts'
import { say } from './setup/welcome.ts'

/** deploy/restpoint-guests.service gives all of it more than this and the time to end what does not. */
const GRACE_MS = 90_000

try {
  const { stateDir, qemuUser } = configOfThisProcess()
  await takeStateFolder(stateDir, qemuUser !== null)
  const host = realHost(qemuUser === null ? null : await lookUpUser(qemuUser))
  // Nothing is started or merged here.
  const driver = await openQemuDriver(host, { stateDir, accel: 'tcg', mergeBytesPerSecond: 1 })
  const areOff = await powerOffAll(host, driver, { stateDir, graceMs: GRACE_MS, say })
  await driver.close()
  process.exit(areOff ? 0 : 1)
} catch (error) {
  explain(error)
  process.exit(1)
}
