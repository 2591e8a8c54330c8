/** Short names for things: a word for the kind and 10 random characters (50 bits), safe in URLs and file names. */
import { randomBytes } from 'node:crypto'

// Crockford's base 32 in lower case: no i, l, o, u, so that an id can be read aloud.
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

export type IdKind =
  'case' | 'series' | 'label' | 'training' | 'model' | 'job' | 'pretrain' | 'finetune' | 'predict' | 'evaluate'

export function newId(kind: IdKind): string {
  return `${kind}-${Array.from(randomBytes(10), (byte) => alphabet[byte & 31]).join('')}`
}
