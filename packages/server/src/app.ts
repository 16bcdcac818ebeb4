/** The whole HTTP side, from parts that are handed in. Listens to nothing by itself. */
import rateLimit from '@fastify/rate-limit'
import Fastify, { type FastifyBaseLogger, type FastifyServerOptions, LogController } from 'fastify'
import { accountRoutes } from './accounts/routes.ts'
import { accountSchemas } from './accounts/schemas.ts'
import type { Config } from './config.ts'
import type { Db } from './db/database.ts'
import type { Driver } from './drivers/driver.ts'
import { Failure } from './errors.ts'
import type { Feed } from './events/feed.ts'
import { eventRoutes } from './events/routes.ts'
import { eventSchemas } from './events/schemas.ts'
import { addAuthentication } from './http/auth.ts'
import { addBodyParser, BODY_LIMIT } from './http/body.ts'
import { answerClientError } from './http/client-error.ts'
import { type Console, consoleRoutes } from './http/console.ts'
import type { App, RouteDeps } from './http/deps.ts'
import { type DocsOptions, docsRoutes } from './http/docs.ts'
import { DryRun } from './http/dry-run.ts'
import { handleError } from './http/error-handler.ts'
import { healthRoutes, type Readiness } from './http/health.ts'
import { addNotFound } from './http/not-found.ts'
import { addOpenApi, openApiRoute } from './http/openapi.ts'
import { Problem } from './http/problem.ts'
import { addNamedSchemas } from './http/schemas.ts'
import { isUpgradeOf } from './http/upgrade.ts'
import { rewriteUrl } from './http/urls.ts'
import { ajvOptions } from './http/validation.ts'
import { Waiter } from './http/wait.ts'
import { imageRoutes } from './images/routes.ts'
import { imageSchemas } from './images/schemas.ts'
import { layerRoutes } from './layers/routes.ts'
import { layerSchemas } from './layers/schemas.ts'
import type { Engine } from './operations/engine.ts'
import { operationRoutes } from './operations/routes.ts'
import { operationSchemas } from './operations/schemas.ts'
import { serverRoutes } from './servers/routes.ts'
import { serverSchemas } from './servers/schemas.ts'
import { requestUndo } from './snapshots/request-restore.ts'
import { snapshotRoutes } from './snapshots/routes.ts'
import { snapshotSchemas } from './snapshots/schemas.ts'
import { terminalPath, terminalRoutes } from './terminals/routes.ts'
import { terminalSchemas } from './terminals/schemas.ts'
import type { Terminals } from './terminals/terminals.ts'
import { makeToken } from './tokens/create.ts'
import { tokenRoutes } from './tokens/routes.ts'
import { tokenSchemas } from './tokens/schemas.ts'
import { SignIn } from './tokens/sign-in.ts'
import { signInRoute } from './tokens/sign-in-route.ts'
import { revokeAllTokens } from './tokens/store.ts'

export type AppConfig = Pick<Config, 'snapshotLimit' | 'undoHours' | 'reserveMb' | 'rateLimit' | 'trustedProxies'>

export interface AppDeps {
  readonly db: Db
  readonly engine: Pick<Engine, 'wake' | 'cancel' | 'waitFor'>
  readonly driver: Driver
  /** What is sent to those who watch; ends with the app. */
  readonly feed: Feed
  /** Epoch ms. */
  readonly now: () => number
  readonly log: FastifyBaseLogger | false
  readonly config: AppConfig
  readonly followCable: RouteDeps['followCable']
  /** There may be garbage to collect. */
  readonly wakeCollector: () => void
  /** Something that is recorded may have changed. */
  readonly wakeRecorder: () => void
  readonly ready: () => Promise<Readiness>
  /** In place of Fastify's own: tests open many apps, and hand in some that remember. */
  readonly compilers?: NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']
  /** Without them the consoles of servers are left to others. */
  readonly terminals?: Terminals | null
  /** Without it no code signs in. */
  readonly signIn?: SignIn
  /** The documentation for people; without it there is none. */
  readonly openDocs?: DocsOptions['open']
  /** The console; without it there is none. */
  readonly console?: Console | undefined
}

/** A request must have arrived within these, ms. Answers may take longer (`Prefer: wait`). */
const HEADERS_TIMEOUT = 10_000
const REQUEST_TIMEOUT = 30_000

export async function buildApp(deps: AppDeps): Promise<App> {
  const app = Fastify({
    ...(deps.log === false ? { logger: false } : { loggerInstance: deps.log }),
    logController: new LogController({ disableRequestLogging: true }),
    rewriteUrl,
    trustProxy: deps.config.trustedProxies.length > 0 ? [...deps.config.trustedProxies] : false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT,
    http: {
      headersTimeout: HEADERS_TIMEOUT,
      connectionsCheckingInterval: 5_000,
      shouldUpgradeCallback: isUpgradeOf(terminalPath),
    },
    routerOptions: { maxParamLength: 32 * 1024 },
    return503OnClosing: false,
    ajv: ajvOptions,
    ...(deps.compilers ? { schemaController: { compilersFactory: deps.compilers } } : {}),
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => void handleError(error, request, reply),
  }) as unknown as App
  const waiter = new Waiter(deps.engine)
  app.addHook('preClose', async () => {
    waiter.close()
    deps.feed.close()
  })
  // Hooks that wait for nothing are not async: every promise of a request is paid for by every request.
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff')
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store')
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    done()
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (!isRead && reply.statusCode < 400) deps.wakeRecorder()
    if (isRead && reply.statusCode !== 401) return
    // The route's pattern, not the URL: what people send stays out of the log.
    const { method, caller, routeOptions, ip } = request
    const { statusCode: status } = reply
    const fields = { method, route: routeOptions.url, status, client: ip, account: caller?.ownAccountId }
    // An administrator, for somebody else.
    const actsFor = caller?.accountId !== caller?.ownAccountId ? { for: caller?.accountId } : {}
    request.log.info({ ...fields, ...actsFor }, 'request')
  })
  app.setErrorHandler(handleError)
  addBodyParser(app)
  addNotFound(app)
  await addOpenApi(app)
  addAuthentication(app, deps.db, deps.now)
  if (deps.config.rateLimit > 0) {
    await app.register(rateLimit, {
      max: deps.config.rateLimit,
      timeWindow: 60_000,
      keyGenerator: request => String(request.caller?.tokenId),
      errorResponseBuilder: (_request, { max, ttl }) =>
        new Failure('rate_limited', `A token may make ${max} requests a minute`, { retryAfter: ttl / 1000 }),
    })
  }
  const { driver, now, config } = deps
  const reserveBytes = config.reserveMb * 1024 * 1024
  const undoMs = config.undoHours * 3600_000
  const snapshots = { driver, now, snapshotLimit: config.snapshotLimit, reserveBytes, undoMs }
  const routes: RouteDeps = {
    db: deps.db,
    driver,
    now,
    followCable: deps.followCable,
    wakeCollector: deps.wakeCollector,
    http: { db: deps.db, driver, engine: deps.engine, now, waiter, waiting: new Map() },
    snapshots,
    requestUndo: (trx, target, space) => requestUndo(trx, snapshots, target, space),
  }
  addNamedSchemas(app, [
    Problem,
    DryRun,
    ...snapshotSchemas,
    ...serverSchemas,
    ...layerSchemas,
    ...operationSchemas,
    ...imageSchemas,
    ...tokenSchemas,
    ...accountSchemas,
    ...eventSchemas,
    ...terminalSchemas,
  ])
  healthRoutes(app, deps.db, deps.ready)
  accountRoutes(app, { ...routes, makeToken, revokeAllTokens })
  snapshotRoutes(app, routes)
  serverRoutes(app, routes)
  layerRoutes(app, routes)
  imageRoutes(app, routes)
  operationRoutes(app, routes)
  tokenRoutes(app, routes)
  eventRoutes(app, deps.feed)
  signInRoute(app, { ...routes, signIn: deps.signIn ?? new SignIn(now), rateLimit: config.rateLimit })
  terminalRoutes(app, { ...routes, terminals: deps.terminals ?? null, rateLimit: config.rateLimit })
  openApiRoute(app)
  if (deps.openDocs) docsRoutes(app, { open: deps.openDocs, rateLimit: deps.config.rateLimit })
  if (deps.console) consoleRoutes(app, deps.console)
  await app.ready()
  return app
}
