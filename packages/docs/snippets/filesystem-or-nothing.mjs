const response = await fetch('https://restpoint.example/api/v1/snapshots/?consistency=filesystem', {
  method: 'POST',
  headers: {
    Authorization: `Bearer ${process.env.RESTPOINT_TOKEN}`,
    'Content-Type': 'application/json',
    Prefer: 'wait=30',
  },
  body: JSON.stringify({ server_id: 1, name: 'before-migration' }),
})
if (!response.ok) throw new Error(await response.text())
const snapshot = await response.json()
if (snapshot.status !== 'completed') throw new Error(snapshot.message)
console.log(snapshot.id)
