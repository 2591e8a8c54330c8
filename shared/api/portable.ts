/**
 * What may travel. Electron copies messages by structured clone, HTTP by JSON; only values that both bring over alike
 * are allowed: null, booleans, finite numbers, strings, lists, plain objects. Undefined may be the whole value or a
 * property (which is then left out), not an item of a list. -0 becomes 0, since JSON can't carry it.
 */
export type Portable = { ok: true; value: unknown } | { ok: false; path: string; why: string }

/** A fresh copy that is the same after either transport, or where and why it can't be. */
export function portable(value: unknown, path = ''): Portable {
  if (value === null || value === undefined || typeof value === 'boolean' || typeof value === 'string')
    return { ok: true, value }
  if (typeof value === 'number')
    return Number.isFinite(value) ? { ok: true, value: value + 0 } : no(path, 'not a finite number')
  if (Array.isArray(value)) return list(value, path)
  if (typeof value === 'object') {
    const prototype: unknown = Object.getPrototypeOf(value)
    // Not `=== Object.prototype`: what comes from another realm has one of its own.
    const plain = prototype === null || Object.getPrototypeOf(prototype) === null
    if (plain) return record(value as Record<string, unknown>, path)
  }
  return no(path, 'of a kind that can not travel')
}

const no = (path: string, why: string): Portable => ({ ok: false, path, why })

function list(items: unknown[], path: string): Portable {
  const copy: unknown[] = []
  for (let i = 0; i < items.length; i++) {
    if (items[i] === undefined) return no(`${path}[${i}]`, 'undefined in a list')
    const item = portable(items[i], `${path}[${i}]`)
    if (!item.ok) return item
    copy.push(item.value)
  }
  return { ok: true, value: copy }
}

function record(object: Record<string, unknown>, path: string): Portable {
  const copy: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(object)) {
    const inner = portable(value, path ? `${path}.${key}` : key)
    if (!inner.ok) return inner
    // defineProperty: a key named __proto__ must become a property, as it does in JSON.parse.
    if (inner.value !== undefined)
      Object.defineProperty(copy, key, { value: inner.value, enumerable: true, writable: true, configurable: true })
  }
  return { ok: true, value: copy }
}
