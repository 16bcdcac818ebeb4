import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rewriteUrl } from '../../src/http/urls.ts'

const cases: Record<string, string> = {
  '/api/v1/snapshots': '/api/v1/snapshots/',
  '/api/v1/snapshots/': '/api/v1/snapshots/',
  '/api/v1/snapshots?server_id=1': '/api/v1/snapshots/?server_id=1',
  '/api/v1/snapshots/?next=/a': '/api/v1/snapshots/?next=/a',
  '/api/v1/snapshots/7/restore': '/api/v1/snapshots/7/restore/',
  '/healthz': '/healthz',
  '/console': '/console',
  '/openapi.json?x=1': '/openapi.json?x=1',
  'http://host:8600/api/v1/snapshots?a=1': '/api/v1/snapshots/?a=1',
  'http://host': '/',
  '/api/v1/snapshots/%31': '/api/v1/snapshots/%31/',
  '/api/v1/snapshots/%zz': '/api/v1/snapshots/%25zz/',
  '/api/v1/snapshots/%ff?a=%zz': '/api/v1/snapshots/%25ff/?a=%zz',
}

for (const [from, to] of Object.entries(cases)) {
  test(`${from} → ${to}`, () => assert.equal(rewriteUrl({ url: from }), to))
}
