/** The viewer: three linked planes with labels over them, and the labels as a surface. The only part of the page that knows cornerstone. */
export { viewer, type Editor, type Spot, type ViewerState } from './viewer.ts'
export { heatGradient, type Heat } from './heat.ts'
export type { Layer, Look, Sketch } from './painter.ts'
export { edgesOf, axesOf, planes, scaleBar, type Index3, type Plane, type Side } from './planes.ts'
export type { Phase, Tool } from './pointer.ts'
export { surface } from './surface/surface.ts'
