/**
 * A GPU to test on: this machine's, or SwiftShader, which Debian's `chromium` brings along and which
 * computes on the processor.
 */
import { existsSync } from 'node:fs';
import { findAdapter } from '../../src/engine/webgpu.js';

const swiftShader = [
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/usr/lib/chromium-browser/vk_swiftshader_icd.json',
].find(existsSync);

// Vulkan reads it when it is first used.
if (process.env.VK_DRIVER_FILES === undefined && swiftShader !== undefined) {
  process.env.VK_DRIVER_FILES = swiftShader;
}

const found = await findAdapter();

/** Why there is none; told by every test that is left out for that. */
export const noGpu: string | undefined = found.found
  ? undefined
  : `WebGPU has no adapter: ${found.why}`;
