/** `npm run handful`. What it needs is loaded afterwards: all that is imported here would be compiled anew at each start. */
import './compiled.ts'

await import('./handful.ts')
