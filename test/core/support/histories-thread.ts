import { parentPort, workerData } from 'node:worker_threads'
import { playHistories } from './histories.ts'

const before = process.threadCpuUsage()
const held = playHistories(workerData as number)
const { user, system } = process.threadCpuUsage(before)
parentPort!.postMessage({ held, seconds: (user + system) / 1e6 }, [])
