/**
 * `node main/engine/kernels/try.ts`: the native kernels of the platform that this Node is for, each level of them, against the
 * plain ones. For built kernels of other platforms, under an emulator (docs/engine.md). Ends with 1 where one is wrong.
 */
import { addonPath, loadAddon } from './addon.ts'
import { difference, expected, outcome } from './compare.ts'
import { openNative } from './native-backend.ts'
import { kernelCases } from './testing.ts'

const wanted = kernelCases.map(expected)
const size = Math.max(...kernelCases.map(({ arena }) => arena.length))
console.log(`${addonPath()} in Node ${process.version} for ${process.platform} on ${process.arch}`)
for (let level = loadAddon().bestLevel(); level >= 0; level--) {
  const backend = await openNative(size, 2, level)
  const wrong = kernelCases.map((test, i) => difference(test, wanted[i], outcome(backend, test))).filter(Boolean)
  console.log(`${backend.name}: ${kernelCases.length - wrong.length} of ${kernelCases.length} problems right`)
  for (const sentence of wrong) console.log(`  ${sentence}`)
  if (wrong.length > 0) process.exitCode = 1
  await backend.close()
}
