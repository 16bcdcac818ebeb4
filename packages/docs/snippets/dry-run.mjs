const response = await fetch('https://restpoint.example/api/v1/snapshots/1/?dry_run=true', {
  method: 'DELETE',
  headers: { Authorization: `Bearer ${process.env.RESTPOINT_TOKEN}` },
})
if (!response.ok) throw new Error(await response.text())
const plan = await response.json()
console.log(plan.possible, plan.frees)
