/**
 * Only the answer to the newest question counts. Each call of what this returns asks anew; what that call gives in turn
 * says whether its question is still the newest: answers to older ones that come late are passed over.
 */
export function newestOnly(): () => () => boolean {
  let newest = 0
  return () => {
    const mine = ++newest
    return () => mine === newest
  }
}
