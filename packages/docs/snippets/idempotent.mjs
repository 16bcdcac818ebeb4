import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

const request = {
  method: 'POST',
  headers: {
    Authorization: `Bearer ${process.env.RESTPOINT_TOKEN}`,
    'Content-Type': 'application/json',
    'Idempotency-Key': randomUUID(),
  },
  body: JSON.stringify({ server_id: 1, name: 'before-upgrade' }),
}

async function post(url, attempt = 0) {
  const response = await fetch(url, request).catch(() => undefined)
  if (response?.ok) return response.json()
  if ((response && response.status < 500) || attempt === 4) {
    throw new Error(response ? await response.text() : 'no connection')
  }
  await sleep(1000 * 2 ** attempt)
  return post(url, attempt + 1)
}

const snapshot = await post('https://restpoint.example/api/v1/snapshots/')
console.log(snapshot.id)
