/**
 * The build: out/main (the program, one file per source file), out/preload, out/renderer (the page).
 * The main part keeps its folders: workers and kernels are found by their place beside the file that starts them, in the
 * build as in the sources.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'electron-vite'
import type { Plugin } from 'vite'
import { hashSources, markBuilt } from './main/cli/start/sources.ts'

/** Each starts in a process or a thread of its own. The names differ from the sources' where the starter looks for another. */
const mainEntries: Record<string, string> = {
  'main/shell/index.ts': 'index.js',
  'main/workers/importer.ts': 'workers/importer.js',
  'main/workers/importer/thread.ts': 'workers/importer/thread.js',
  'main/workers/trainer.ts': 'workers/trainer.js',
  'main/workers/trainer/batch-thread.ts': 'workers/trainer/batch-thread.js',
  'main/workers/device-probe.ts': 'workers/device-probe.js',
  'main/engine/kernels/worker.ts': 'engine/kernels/kernels-worker.js',
}

/** The built kernels lie beside the module that loads them. */
function prebuiltKernels(): Plugin {
  const folder = 'main/engine/kernels/prebuilt'
  return {
    name: 'handful:prebuilt-kernels',
    generateBundle() {
      for (const name of readdirSync(folder)) {
        const source = readFileSync(join(folder, name))
        this.emitFile({ type: 'asset', fileName: `engine/kernels/prebuilt/${name}`, source })
      }
    },
  }
}

/** Leaves the hash of what was built, for `npm start` to see whether to build again. The page is built last. */
function sourcesMark(): Plugin {
  const hash = hashSources('.')
  return {
    name: 'handful:sources-mark',
    apply: 'build',
    closeBundle: (error?: Error) => void (error || markBuilt('.', hash)),
  }
}

export default defineConfig({
  main: {
    plugins: [prebuiltKernels()],
    build: {
      rollupOptions: {
        input: Object.keys(mainEntries),
        output: {
          preserveModules: true,
          preserveModulesRoot: 'main',
          entryFileNames: ({ facadeModuleId }) => {
            const entry = Object.keys(mainEntries).find((source) => facadeModuleId?.endsWith(`/${source}`))
            return entry ? mainEntries[entry] : '[name].js'
          },
        },
      },
    },
  },
  preload: {
    build: {
      // A sandboxed preload script is one file, may not import anything but electron, and can't be a module.
      externalizeDeps: false,
      rollupOptions: {
        input: { index: 'preload/index.ts', gpu: 'preload/gpu.ts' },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'renderer',
    plugins: [vue(), sourcesMark()],
    worker: { format: 'es' },
    build: {
      minify: true,
      // The app's page, and the hidden one that has the GPU.
      rollupOptions: { input: { index: 'renderer/index.html', gpu: 'renderer/gpu.html' } },
      // All of cornerstone and vtk.js: read from the disk of this machine, not from a network.
      chunkSizeWarningLimit: 6000,
    },
  },
})
