/** What the documentation and the console share in the browser. */

/** Where a signed-in reader's token is kept: in `sessionStorage`, under this key. */
export const TOKEN_KEY = 'restpoint.token'
