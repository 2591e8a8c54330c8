/** What the user asked for, kept for the next time, and what the program makes of it. */
import { reactive, ref, shallowRef, watch } from 'vue'
import type { TrainingEstimate, TrainingRequest } from '../../../shared/api/contract.ts'
import type { Device } from '../../../shared/domain/records.ts'
import { reason, request } from '../../api/index.ts'
import { newestOnly } from '../../api/newest.ts'

const memory = 'handful.trainingPlan'
const standard: TrainingRequest = {
  minutes: 15,
  task: 'auto',
  recipe: 'handful',
  twin: true,
  accepted: true,
  seed: 1,
  device: 'auto',
}

export const budgets = [
  { key: 'quick', minutes: 2 },
  { key: 'short', minutes: 5 },
  { key: 'normal', minutes: 15 },
  { key: 'long', minutes: 60 },
  { key: 'overnight', minutes: 480 },
] as const

export const plan = reactive<TrainingRequest>({ ...standard, ...remembered(), recipe: 'handful' })
export const estimate = shallowRef<TrainingEstimate | null>(null)
export const estimateTrouble = ref<string | null>(null)
export const devices = shallowRef<Device[]>([])

function remembered(): Partial<TrainingRequest> {
  try {
    return JSON.parse(localStorage.getItem(memory) ?? '{}')
  } catch {
    return {}
  }
}

watch(plan, () => {
  localStorage.setItem(memory, JSON.stringify(plan))
  refreshEstimate()
})

let timer: ReturnType<typeof setTimeout> | undefined
const ask = newestOnly()

/** Asks for the plan's stages and times, shortly after the last change. */
export function refreshEstimate(): void {
  clearTimeout(timer)
  timer = setTimeout(async () => {
    const wanted = ask()
    try {
      const answer = await request('training.estimate', { ...plan })
      if (!wanted()) return
      estimate.value = answer
      estimateTrouble.value = null
    } catch (error) {
      if (wanted()) estimateTrouble.value = reason(error)
    }
  }, 150)
}

export async function loadDevices(): Promise<void> {
  devices.value = await request('app.devices', undefined)
  // A device that was chosen on another machine, or that is gone.
  if (!devices.value.some((d) => d.id === plan.device && d.ok)) plan.device = devices.value[0]?.id ?? 'auto'
}
