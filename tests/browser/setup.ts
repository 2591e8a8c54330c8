/** The browser tests drive the built app: that of the present sources. */
import { ensureBuilt } from '../../main/cli/start/build.ts'

export default function setup(): void {
  ensureBuilt('.', (line) => console.log(line))
}
