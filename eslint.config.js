// Lint: correctness rules from typescript-eslint and vue, and the dependency rules of the house (CONTRIBUTING.md).
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

/** Packages and places, each with who alone may import it. A file may import what its own `except` list takes out. */
const rules = {
  electron: { patterns: ['electron', 'electron/*'], why: 'electron belongs to main/shell and preload' },
  cornerstone: {
    patterns: ['@cornerstonejs/*', '@kitware/vtk.js', '@kitware/vtk.js/*'],
    why: 'cornerstone and vtk.js belong to renderer/viewer',
  },
  vue: { patterns: ['vue', 'vue/*'], why: 'vue belongs to the renderer' },
  node: {
    patterns: ['node:*', 'fs', 'path', 'os', 'child_process', 'worker_threads'],
    why: 'this part is pure: no node modules here',
  },
  sqlite: { patterns: ['better-sqlite3'], why: 'SQLite belongs to main/library' },
  compute: { patterns: ['@tensorflow/*', 'webgpu', 'onnxruntime-node'], why: 'compute packages belong to main/engine' },
  main: { patterns: ['**/main/**'], why: 'this part must not reach into main' },
  preload: { patterns: ['**/preload/**'], why: 'this part must not reach into preload' },
  renderer: { patterns: ['**/renderer/**'], why: 'this part must not reach into the renderer' },
  features: { patterns: ['**/features/*/!(index.ts)'], why: 'import a feature through its index.ts' },
}

const forbid = (...names) => ({
  'no-restricted-imports': [
    'error',
    { patterns: names.map((n) => ({ group: rules[n].patterns, message: rules[n].why })) },
  ],
})
const all = Object.keys(rules)
const except = (...names) => forbid(...all.filter((n) => !names.includes(n)))

const tests = ['**/*.test.ts', 'tests/**', 'bench/**', '*.config.*']

export default ts.config(
  { ignores: ['node_modules', 'out', 'dist', 'resources', 'main/engine/kernels/prebuilt', 'tmp'] },
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    rules: {
      'no-undef': 'off',
      eqeqeq: 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'vue/multi-word-component-names': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
    },
  },
  {
    files: ['shared/**'],
    ignores: tests,
    rules: forbid('electron', 'cornerstone', 'vue', 'node', 'sqlite', 'compute', 'main', 'preload', 'renderer'),
  },
  { files: ['main/**'], ignores: tests, rules: except('node', 'main') },
  { files: ['main/shell/**'], ignores: tests, rules: except('node', 'main', 'electron') },
  { files: ['main/library/**'], ignores: tests, rules: except('node', 'main', 'sqlite') },
  { files: ['main/imaging/**'], ignores: tests, rules: except('main') },
  // The wasm decoders come from the same publisher as the viewer, and are no part of it.
  { files: ['main/imaging/dicom/codecs/wasm.ts'], rules: except('main', 'cornerstone') },
  { files: ['main/engine/**'], ignores: tests, rules: except('node', 'main', 'compute') },
  { files: ['main/training/**'], ignores: tests, rules: except('main') },
  { files: ['preload/**'], ignores: tests, rules: except('electron', 'preload') },
  { files: ['renderer/**'], ignores: tests, rules: except('vue', 'renderer') },
  { files: ['renderer/viewer/**'], ignores: tests, rules: except('vue', 'renderer', 'cornerstone') },
)
