/**
 * The process that tries what computes: kernels are tested and small training steps taken, which would make a window stand
 * still, and a driver that crashes takes no more with it than this process. With the argument "calibrate" the small steps
 * are also taken on each form of the processor.
 */
import { useGpuPage } from '../engine/gpu-page.ts'
import { availableDevices, calibrateDevices, chooseDevice, type DeviceReport, type Measured } from '../engine/index.ts'
import { connectParent } from './parent.ts'

/** What the process tells, once. */
export interface ProbeMessage {
  readonly devices: readonly DeviceReport[]
  /** What auto takes, and why in words. */
  readonly device: string
  readonly why: string
  /** Empty unless it was asked for. */
  readonly measured: readonly Measured[]
}

const parent = connectParent()
if (parent.openGpuPage) useGpuPage(parent.openGpuPage)
parent.onGone(() => process.exit(0))

const devices = await availableDevices()
const { device, why } = await chooseDevice()
const measured = process.argv[2] === 'calibrate' ? await calibrateDevices() : []
parent.send({ devices, device, why, measured } satisfies ProbeMessage)
await parent.flush()
process.exit(0)
