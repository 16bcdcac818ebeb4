import type { Check } from '../check.ts'
import { equal, problem, status } from '../expect.ts'
import { deleted, NOBODY } from '../fixtures.ts'

const unusableIds = ['0', '-1', '1.5', 'abc', '9007199254740992', '9223372036854775808']

export const deleteChecks: readonly Check[] = [
  {
    id: 'snapshots.delete.204',
    level: 'documented',
    says: 'DELETE /snapshots/{id}/ answers 204',
    run: async session => status((await deleted(session)).reply, 204),
  },
  {
    id: 'snapshots.delete.empty',
    level: 'documented',
    says: 'The reply has no body',
    run: async session => equal((await deleted(session)).reply.text, '', 'the body'),
  },
  {
    id: 'snapshots.delete.leaves-list',
    level: 'documented',
    says: 'A deleted snapshot leaves the list',
    run: async session => equal((await deleted(session)).leftList, true, 'left the list:'),
  },
  {
    id: 'snapshots.delete.leaves-list-at-once',
    level: 'full',
    says: 'It has left the list when the reply comes',
    run: async session => equal((await deleted(session)).listedAtOnce, false, 'still listed:'),
  },
  {
    id: 'snapshots.delete.again',
    level: 'documented',
    says: 'Deleting it again is a 404',
    run: async session => status((await deleted(session)).again, 404),
  },
  {
    id: 'snapshots.delete.then-restore',
    level: 'documented',
    says: 'A deleted snapshot cannot be restored: 404',
    run: async session => status((await deleted(session)).restore, 404),
  },
  {
    id: 'snapshots.delete.then-detail',
    level: 'full',
    says: "A deleted snapshot's detail is a 404",
    run: async session => {
      const { id } = await deleted(session)
      problem(await session.client.get(`/snapshots/${id}/`), 404)
    },
  },
  {
    id: 'snapshots.delete.404',
    level: 'documented',
    says: 'A snapshot that does not exist is a 404',
    run: async session => status(await session.client.delete(`/snapshots/${NOBODY}/`), 404),
  },
  ...unusableIds.map(
    (id): Check => ({
      id: `snapshots.delete.404.${id}`,
      level: 'full',
      says: 'An id that cannot be one is a 404 in a path',
      run: async session => problem(await session.client.delete(`/snapshots/${id}/`), 404, 'not_found'),
    }),
  ),
]

/** At the end of the run, when time has passed. */
export const durableChecks: readonly Check[] = [
  {
    id: 'snapshots.delete.durable',
    level: 'documented',
    says: 'A deleted snapshot never comes back',
    run: async session => {
      const { id } = await deleted(session)
      equal(
        (await session.snapshots()).filter(row => row.id === id),
        [],
        'listed',
      )
    },
  },
]
