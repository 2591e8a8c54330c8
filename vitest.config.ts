/**
 * The suites: unit (beside the code), contract, integration and data (heavier, one file at a time), browser (the built app in Chromium).
 * One of them: `npx vitest run --project unit main/library`.
 */
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const shared = { environment: 'node' as const, pool: 'forks' as const }
const minute = 60_000

export default defineConfig({
  plugins: [vue()],
  test: {
    maxWorkers: 2,
    // Native addons and worker threads live best in processes of their own.
    pool: 'forks',
    // What is waited for comes sooner or later; how soon is the machine's affair.
    expect: { poll: { timeout: 20_000 } },
    // Projects of one group run side by side; groups run one after the other.
    projects: [
      {
        extends: true,
        test: {
          ...shared,
          name: 'unit',
          include: ['{main,shared,preload,renderer,bench}/**/*.test.ts'],
          testTimeout: minute,
          hookTimeout: minute,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: 'contract',
          include: ['tests/contract/**/*.test.ts'],
          testTimeout: minute,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: 'integration',
          include: ['tests/{integration,data}/**/*.test.ts'],
          testTimeout: 4 * minute,
          hookTimeout: 4 * minute,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: 'browser',
          include: ['tests/{browser,electron}/**/*.test.ts'],
          globalSetup: 'tests/browser/setup.ts',
          testTimeout: 4 * minute,
          hookTimeout: 4 * minute,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
