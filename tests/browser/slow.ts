/**
 * A slow program, to bring out what depends on the order of its answers: each answer comes late, by a time of its own.
 * `HANDFUL_SLOW=400 npm test -- browser` delays each by up to 400 ms, the same ones in each run of the same requests.
 */
import type { Handlers } from '../../shared/api/contract.ts'
import type { Services } from '../../main/services/index.ts'
import { random } from '../../shared/domain/random.ts'

/** The same services; before and after each piece of work passes a drawn time, together up to `most` ms. */
export function slowed(services: Services, most: number): Services {
  const draw = random(1)
  const wait = () => new Promise((done) => setTimeout(done, (draw.float() * most) / 2))
  const late =
    <A extends unknown[], R>(work: (...args: A) => R | Promise<R>) =>
    async (...args: A): Promise<R> => {
      await wait()
      try {
        return await work(...args)
      } finally {
        await wait()
      }
    }
  const handlers = Object.entries(services.handlers).map(([name, work]) => [name, late(work as () => unknown)])
  return {
    ...services,
    handlers: Object.fromEntries(handlers) as Handlers,
    files: late(services.files),
    upload: late(services.upload),
  }
}
