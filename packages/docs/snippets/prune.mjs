const api = 'https://restpoint.example/api/v1'

async function call(method, path) {
  const headers = { Authorization: `Bearer ${process.env.RESTPOINT_TOKEN}` }
  const response = await fetch(api + path, { method, headers })
  if (!response.ok) throw new Error(await response.text())
  return response.status === 204 ? null : response.json()
}

const { results } = await call('GET', '/snapshots/?server_id=1')
const nightly = results.filter(snapshot => snapshot.name.startsWith('nightly-'))
for (const snapshot of nightly.slice(3)) {
  await call('DELETE', `/snapshots/${snapshot.id}/`)
  console.log('deleted', snapshot.name)
}
