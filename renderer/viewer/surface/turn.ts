/** How the surface is turned: three rows of unit vectors in RAS, for what on screen points right, up, and to the reader. */
export type Turn = readonly [number, number, number, number, number, number, number, number, number]

/** From the front and a little from above and from the patient's left; the patient's right is on the left of the picture. */
export const firstTurn: Turn = turned(turned([-1, 0, 0, 0, 0, 1, 0, 1, 0], 0.45, 0), 0, 0.3)

/** Turned by angles (radians) around the screen's upright axis (what is in front goes right) and its flat one (goes down). */
export function turned(turn: Turn, across: number, down: number): Turn {
  const [right, up, near] = [turn.slice(0, 3), turn.slice(3, 6), turn.slice(6, 9)]
  const mix = (a: number[], b: number[], angle: number) => [
    a.map((value, n) => value * Math.cos(angle) + b[n] * Math.sin(angle)),
    a.map((value, n) => b[n] * Math.cos(angle) - value * Math.sin(angle)),
  ]
  const [right2, near2] = mix(right, near, across)
  const [up2, near3] = mix(up, near2, -down)
  return [...right2, ...up2, ...near3] as unknown as Turn
}

/** A place as the screen has it: to the right, up, to the reader. */
export const seen = (turn: Turn, x: number, y: number, z: number): [number, number, number] => [
  turn[0] * x + turn[1] * y + turn[2] * z,
  turn[3] * x + turn[4] * y + turn[5] * z,
  turn[6] * x + turn[7] * y + turn[8] * z,
]
