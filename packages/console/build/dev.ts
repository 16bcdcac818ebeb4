/** `npm run console`: the console with every change at once, beside a service that runs (RESTPOINT_URL, else the default address). */
import path from 'node:path'
import { createServer } from 'vite'
import { compileMessages } from './messages.ts'

await compileMessages()
const server = await createServer({ configFile: path.resolve(import.meta.dirname, '../vite.config.ts') })
server.watcher.add(path.resolve(import.meta.dirname, '../messages'))
server.watcher.on('change', file => {
  if (file.includes('/messages/')) void compileMessages()
})
await server.listen()
server.printUrls()
