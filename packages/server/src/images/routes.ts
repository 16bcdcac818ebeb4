import Type from 'typebox'
import { isPlainPath } from '../domain/images.ts'
import { grants } from '../domain/permissions.ts'
import type { Driver, ImageSource } from '../drivers/driver.ts'
import { Failure } from '../errors.ts'
import { answerDelete, answerPost } from '../http/answer.ts'
import { callerOf } from '../http/auth.ts'
import type { App, RouteDeps } from '../http/deps.ts'
import { pathId, pathIds } from '../http/ids.ts'
import { listOf, listPage, pageOf, pageQuery } from '../http/paging.ts'
import { nothing, postHeaders, refer, started } from '../http/schemas.ts'
import { requestDelete } from './delete.ts'
import { type Found, requestImport } from './request-import.ts'
import { Image, ImportImage, ImportQuery, pathMessage } from './schemas.ts'
import { readImage, visibleImages } from './store.ts'
import { toImage } from './views.ts'

const tags = ['images']
const ALL = '/api/v1/images/'
const ONE = '/api/v1/images/:image_id/'

export function imageRoutes(app: App, deps: RouteDeps): void {
  const { db, driver, now, http } = deps
  const isAdmin = (request: Parameters<typeof callerOf>[0]) => grants(callerOf(request).permissions, 'admin')

  app.get(ALL, {
    config: { access: 'servers:read' },
    schema: {
      operationId: 'listImages',
      tags,
      summary: 'Images that servers are made from, newest first',
      querystring: Type.Object(pageQuery),
      response: { 200: { description: 'The images of this host.', ...listOf(refer(Image)) } },
    },
    handler: async (request, reply) => {
      const { count, rows } = await listPage(visibleImages(db), pageOf(request.query), request, reply)
      return { count, results: rows.map(row => toImage(driver, row, isAdmin(request))) }
    },
  })

  app.get(ONE, {
    config: { access: 'servers:read' },
    schema: {
      operationId: 'getImage',
      tags,
      summary: 'An image',
      params: pathIds('image_id'),
      response: { 200: { description: 'The image.', ...refer(Image) } },
    },
    handler: async request => {
      const id = pathId(request.params.image_id)
      const row = await visibleImages(db).where('images.id', '=', id).executeTakeFirst()
      if (!row) throw new Failure('not_found', 'There is no such image')
      return toImage(driver, row, isAdmin(request))
    },
  })

  app.post(ALL, {
    config: { access: 'admin', failures: ['image_rejected', 'not_enough_space'] },
    schema: {
      operationId: 'importImage',
      tags,
      summary: 'Import a disk image from a file of this host',
      description:
        'The file is looked into at once, and what is copied once more. Answers when that has begun; the header ' +
        'Operation-Id names the operation.',
      headers: postHeaders,
      querystring: ImportQuery,
      body: ImportImage,
      response: { 201: started('It is being imported.', Image) },
    },
    handler: async (request, reply) => {
      const { name, path, format, os_name = name, cloud_init = true } = request.body
      if (!isPlainPath(path, Buffer.byteLength(path))) {
        throw new Failure('invalid_request', '"path" is not valid.', { fields: { path: [pathMessage()] } })
      }
      const source = { path, format, inPlace: request.query.link === 'true' }
      const found = await lookInto(driver, source)
      let imageId = 0
      return answerPost(http, request, reply, {
        bytes: async () => (found instanceof Error || source.inPlace ? 0 : found.allocatedBytes),
        effect: async trx => {
          // Not before: a repeat with its key is answered as it was, also if the file has gone since.
          if (found instanceof Error) throw found
          const accountId = callerOf(request).ownAccountId
          const wanted = { accountId, name, osName: os_name, hasCloudInit: cloud_init, source }
          const { reserveBytes } = deps.snapshots
          const made = await requestImport(trx, { now, reserveBytes }, wanted, found)
          imageId = made.imageId
          return {
            status: 201,
            body: toImage(driver, await readImage(trx, imageId), true),
            operationId: made.operationId,
          }
        },
        current: async () => toImage(driver, await readImage(db, imageId), true),
      })
    },
  })

  app.delete(ONE, {
    config: { access: 'admin' },
    schema: {
      operationId: 'deleteImage',
      tags,
      summary: 'Delete an image',
      description:
        'It leaves the list at once. Servers that were made from it go on; its file goes with the last that stands on it. ' +
        'A file that was used in place is left alone. An import under way is cancelled.',
      params: pathIds('image_id'),
      response: { 204: nothing('It is gone.') },
    },
    handler: async (request, reply) => {
      const id = pathId(request.params.image_id)
      return answerDelete(http, request, reply, {
        removal: { noun: 'image', id },
        effect: trx => requestDelete(trx, { now }, id),
        afterwards: deps.wakeCollector,
      })
    },
  })
}

/** What it is and what there is space for, or why it cannot be used. */
async function lookInto(driver: Driver, source: ImageSource): Promise<Found | Error> {
  try {
    return { ...(await driver.inspectImage(source)), freeBytes: await driver.freeBytes() }
  } catch (error) {
    return error as Error
  }
}
