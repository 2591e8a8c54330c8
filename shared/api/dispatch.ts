/**
 * From a message to a handler and back, the same for every transport: the name and input are checked against the
 * contract, then the handler is called, then its reply is checked. What comes out is an envelope of plain data.
 */
import { z } from 'zod'
import { ApiError, events, requests } from './contract.ts'
import type { EventName, EventPayload, Handlers, RequestName } from './contract.ts'
import { portable } from './portable.ts'

/** How a reply travels. `value` is left out when it is undefined. */
export type Envelope = { ok: true; value?: unknown } | { ok: false; error: { kind: ApiError['kind']; message: string } }

/** Where details go that the user can't use: stacks, schema paths. Never shown in the page; may name files. */
export type Log = (detail: string) => void

/** Never rejects: whatever goes wrong is in the envelope. */
export type Dispatch = (name: unknown, input: unknown) => Promise<Envelope>

export function createDispatch(handlers: Handlers, log: Log = () => {}): Dispatch {
  return async (name, input) => {
    if (!isRequestName(name)) return refusal('invalid', 'The page asked for something that Handful does not know.')
    const asked = checked(requests[name].input, input)
    if (!asked.ok) return refusal('invalid', `The request “${name}” is malformed: ${asked.why}.`)
    try {
      // A handler's type follows from its name; the compiler can't see that both come from the same name.
      const handler = handlers[name] as (input: unknown) => unknown
      const reply = checked(requests[name].output, await handler(asked.value))
      if (reply.ok) return { ok: true, value: reply.value }
      log(`The reply to ${name} breaks the contract: ${reply.why}`)
    } catch (error) {
      if (error instanceof ApiError) return refusal(error.kind, error.message)
      log(`${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    }
    return refusal('internal', `Handful made a mistake while answering “${name}”. The details are in its log.`)
  }
}

/** The event as it may travel. One that breaks the contract is not sent: `log` is told, nobody else. */
export function checkEvent<N extends EventName>(
  name: N,
  payload: unknown,
  log: Log = () => {},
): { ok: true; value: EventPayload<N> } | { ok: false } {
  const event = checked(events[name], payload)
  if (event.ok) return { ok: true, value: event.value as EventPayload<N> }
  log(`The event ${name} breaks the contract: ${event.why}`)
  return { ok: false }
}

/** The page's side of a request: a plain copy of its input, also of a reactive one, which no wire would take. */
export function outgoing(name: RequestName, input: unknown): unknown {
  const travels = portable(input)
  if (travels.ok) return travels.value
  throw new ApiError('invalid', `The request “${name}” is malformed: ${travels.path || 'as a whole'}: ${travels.why}.`)
}

/** The page's side of a reply: its value, or the `ApiError` it carries, thrown. */
export function openEnvelope(envelope: unknown): unknown {
  const reply = EnvelopeShape.safeParse(envelope)
  if (!reply.success) throw new ApiError('internal', 'Handful answered with something that is not an answer.')
  if (reply.data.ok) return reply.data.value
  throw new ApiError(reply.data.error.kind, reply.data.error.message)
}

const EnvelopeShape = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown().optional() }),
  z.object({
    ok: z.literal(false),
    error: z.object({ kind: z.enum(['invalid', 'refused', 'internal']), message: z.string() }),
  }),
])

export const isRequestName = (name: unknown): name is RequestName =>
  typeof name === 'string' && Object.hasOwn(requests, name)

export const isEventName = (name: unknown): name is EventName => typeof name === 'string' && Object.hasOwn(events, name)

const refusal = (kind: ApiError['kind'], message: string): Envelope => ({ ok: false, error: { kind, message } })

type Checked = { ok: true; value: unknown } | { ok: false; why: string }

/** `why` holds places and types, never values: they could be names of patients. */
function checked(schema: z.ZodType, value: unknown): Checked {
  const result = schema.safeParse(value)
  if (!result.success) {
    const issue = result.error.issues[0]
    return { ok: false, why: `${issue.path.length > 0 ? issue.path.join('.') : 'as a whole'}: ${issue.message}` }
  }
  const travels = portable(result.data)
  return travels.ok ? travels : { ok: false, why: `${travels.path || 'as a whole'}: ${travels.why}` }
}
