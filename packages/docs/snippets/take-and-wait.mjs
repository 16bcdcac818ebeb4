const response = await fetch('https://restpoint.example/api/v1/snapshots/', {
  method: 'POST',
  headers: {
    Authorization: `Bearer ${process.env.RESTPOINT_TOKEN}`,
    'Content-Type': 'application/json',
    Prefer: 'wait=30',
  },
  body: JSON.stringify({ server_id: 1, name: 'before-upgrade' }),
})
if (!response.ok) throw new Error(await response.text())
const snapshot = await response.json()
console.log(snapshot.id, snapshot.status)
