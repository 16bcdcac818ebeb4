import { toFields, toTokenRequest } from './fields.ts'
import { type Handler, json } from './request.ts'
import { find, paged } from './snapshots.ts'
import { viewToken } from './views.ts'
import { makeToken } from './world.ts'

export const showMe: Handler = (_world, { token }) =>
  json(200, {
    account: {
      email: 'admin@example.org',
      first_name: 'Ada',
      last_name: '',
      company_name: '',
      created_at: '2025-01-15',
    },
    token: { name: token?.name, permissions: token?.permissions },
  })

export const listTokens: Handler = (world, request) => paged(request, '/tokens/', world.tokens.map(viewToken))

export const createToken: Handler = (world, request) => {
  const { name, permissions, expiresAt } = toTokenRequest(toFields(request.body))
  const token = makeToken(world.nextId++, name, permissions, expiresAt)
  world.tokens.push(token)
  return json(201, { ...viewToken(token), token: token.secret })
}

export const deleteToken: Handler = (world, request) => {
  const token = find(world.tokens, request, 'token')
  world.tokens = world.tokens.filter(each => each !== token)
  return { status: 204, headers: {}, body: undefined }
}
