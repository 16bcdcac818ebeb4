const headers = { Authorization: `Bearer ${process.env.RESTPOINT_TOKEN}` }
let count = 1
for (let offset = 0; offset < count; offset += 50) {
  const url = `https://restpoint.example/api/v1/operations/?limit=50&offset=${offset}`
  const response = await fetch(url, { headers })
  if (!response.ok) throw new Error(await response.text())
  const page = await response.json()
  for (const { id, kind, status } of page.results) console.log(id, kind, status)
  count = page.count
}
