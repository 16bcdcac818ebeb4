/**
 * Whether every moment and every round is tried: `FAULTS=all`, as `npm run test:faults` sets it. `npm test` takes a part
 * of them, because its time is short.
 */
export const isThorough = process.env['FAULTS'] === 'all'
