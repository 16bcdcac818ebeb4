/** Hot queries are compiled once; building the same SQL for every request costs more than running it. */
import type { CompiledQuery } from 'kysely'
import type { Db } from './database.ts'

/**
 * `build` is called once a database with stand-ins; the returned function runs the same SQL with the real parameters,
 * which must be given in the order in which the SQL names them.
 */
export function compiled<Row>(build: (db: Db) => { compile(): CompiledQuery<Row> }, parameterCount: number) {
  const cache = new WeakMap<Db, CompiledQuery<Row>>()
  return async (db: Db, ...parameters: readonly unknown[]): Promise<Row[]> => {
    let query = cache.get(db)
    if (!query) {
      query = build(db).compile()
      cache.set(db, query)
    }
    if (parameters.length !== parameterCount || query.parameters.length !== parameterCount) {
      throw new Error(`${query.parameters.length} parameters in the query, ${parameters.length} given`)
    }
    const { rows } = await db.executeQuery<Row>({ ...query, parameters })
    return rows
  }
}
