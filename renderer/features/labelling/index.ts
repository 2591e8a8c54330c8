/** Painting labels: tools, keys, undo, saving. */
export { letGo, record, replaceLabels, saveAll, status, takeUp, work, workLayers } from './current.ts'
export { default as Icon } from './Icon.vue'
export { bindActs, onKey } from './keys.ts'
export { default as SaveState } from './SaveState.vue'
export { default as SliceMarks } from './SliceMarks.vue'
export { default as ToolColumn } from './ToolColumn.vue'
export { default as ToolOptions } from './ToolOptions.vue'
export { activeLabel, chooseLabel, isLabelTool, locked, toggleLocked, tool, type AnyTool } from './tools.ts'
