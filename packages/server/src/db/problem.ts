/** The service cannot work on this database until somebody has done something; the message says what. */
export class DatabaseProblem extends Error {
  override readonly name = 'DatabaseProblem'
}
