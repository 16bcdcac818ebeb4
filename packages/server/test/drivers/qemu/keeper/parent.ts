/** Stands for the service in tests that end or stop it: freezes the guest, says so, and waits for ever. */
import { startKeeper } from '../../../../src/drivers/qemu/keeper/client.ts'

const [agentSocket, limits] = process.argv.slice(2) as [string, string]
const keeper = startKeeper({ limits: JSON.parse(limits) })
console.log(JSON.stringify(await keeper.freeze(agentSocket)))
setInterval(() => {}, 60_000)
