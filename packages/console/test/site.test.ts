/** What the service is told to answer for the built console. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { compress } from '../build/compress.ts'
import { NONCE, openConsole } from '../serve/site.ts'

const SCRIPT = `console.log('${'restpoint '.repeat(200)}')`

function built(t: Pick<TestContext, 'after'>) {
  const folder = mkdtempSync(path.join(tmpdir(), 'console-'))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(path.join(folder, 'assets'))
  writeFileSync(path.join(folder, 'index.html'), `<meta property="csp-nonce" nonce="${NONCE}">`)
  writeFileSync(path.join(folder, 'secret.txt'), 'secret')
  writeFileSync(path.join(folder, 'assets/main-1.js'), SCRIPT)
  writeFileSync(path.join(folder, 'assets/font-1.woff2'), 'font')
  compress(path.join(folder, 'assets'))
  const site = openConsole(folder) ?? assert.fail()
  return (asked: string, acceptEncoding?: string) => site.respond({ path: asked, acceptEncoding })
}

test('a console that was not built is none', () => {
  assert.equal(openConsole('/nowhere'), undefined)
})

test('every address is the same page, with a nonce of its own each time', t => {
  const ask = built(t)
  const nonces = ['/console/', '/console/servers/12/terminal', '/console/nothing'].map(address => {
    const { status, headers, body } = ask(address)
    assert.deepEqual([status, headers['cache-control']], [200, 'no-cache'])
    const nonce = /nonce="([^"]+)"/.exec(String(body))?.[1] ?? assert.fail()
    assert.ok(headers['content-security-policy']?.includes(`style-src 'self' 'nonce-${nonce}';`))
    return nonce
  })
  assert.equal(new Set(nonces).size, 3)
  assert.ok(nonces.every(nonce => nonce !== NONCE && Buffer.from(nonce, 'base64').length === 16))
})

test('the policy allows the own files alone', t => {
  const { headers } = built(t)('/console/')
  const policy = headers['content-security-policy'] ?? ''
  assert.match(policy, /^default-src 'none'; script-src 'self'; /)
  for (const none of ['base-uri', 'form-action', 'frame-ancestors']) assert.match(policy, new RegExp(`${none} 'none'`))
  assert.doesNotMatch(policy, /unsafe|https?:|data:|\*/)
})

test('files are sent as small as the reader takes them, and never change under their names', t => {
  const ask = built(t)
  for (const [accepted, encoding, open] of [
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['gzip, deflate', 'gzip', gunzipSync],
    [undefined, undefined, (body: Buffer) => body],
  ] as const) {
    const { status, headers, body } = ask('/console/assets/main-1.js', accepted)
    assert.deepEqual([status, headers['content-encoding'], headers['vary']], [200, encoding, 'accept-encoding'])
    assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable')
    assert.equal(open(body as Buffer).toString(), SCRIPT)
  }
  const font = ask('/console/assets/font-1.woff2', 'br')
  assert.deepEqual(
    [String(font.body), font.headers['content-encoding'], font.headers['vary']],
    ['font', undefined, undefined],
  )
})

test('nothing else is a file', t => {
  const ask = built(t)
  for (const name of ['main-2.js', '', '../secret.txt', '..%2fsecret.txt', 'main-1.js/', 'main-1.js.gz', '%00']) {
    const { status, headers } = ask(`/console/assets/${name}`)
    assert.deepEqual([name, status, headers['cache-control']], [name, 404, undefined])
  }
})
