import type { KindName } from './upstream-kinds.ts'

interface Translation {
  /** Beside model and prompt, as a client asks. */
  asked: object
  /** The body that the upstream gets. */
  gets: object
}

const prompt = 'a mill by the sea'
const SIZE = { width: 768, height: 512 }

/** The same wishes in every upstream's own words. */
export const PARAMETERS: Record<KindName, Translation> = {
  openai: {
    asked: {
      size: '1536x1024',
      quality: 'high',
      background: 'opaque',
      output_format: 'webp',
      output_compression: 70,
      moderation: 'low',
      user: 'u-1',
    },
    gets: {
      model: 'gpt-image-2',
      prompt,
      n: 1,
      size: '1536x1024',
      quality: 'high',
      background: 'opaque',
      output_format: 'webp',
      output_compression: 70,
      moderation: 'low',
      safety_identifier: 'u-1',
    },
  },
  'openai-responses': {
    asked: { size: '1536x1024', quality: 'low', output_format: 'jpeg' },
    gets: {
      tools: [
        {
          type: 'image_generation',
          model: 'gpt-image-2',
          action: 'generate',
          size: '1536x1024',
          quality: 'low',
          output_format: 'jpeg',
        },
      ],
      tool_choice: { type: 'image_generation' },
      background: true,
      store: true,
    },
  },
  max: {
    asked: {
      size: '768x512',
      seed: 7,
      steps: 28,
      guidance_scale: 3,
      negative_prompt: 'boats',
      output_format: 'webp',
    },
    gets: {
      model: 'black-forest-labs/FLUX.2-dev',
      input: prompt,
      seed: 7,
      provider_options: {
        image: {
          ...SIZE,
          steps: 28,
          guidance_scale: 3,
          negative_prompt: 'boats',
          num_images: 1,
          output_format: 'webp',
          response_format: 'b64_json',
        },
      },
    },
  },
  oxen: {
    asked: { aspect_ratio: '16:9', output_format: 'png', seed: 7, steps: 20, guidance_scale: 3 },
    gets: {
      model: 'flux-2-dev',
      prompt,
      aspect_ratio: '16:9',
      output_format: 'png',
      seed: 7,
      num_inference_steps: 20,
      guidance: 3,
    },
  },
  modelmax: {
    asked: { size: '1024x1024', quality: 'hd', style: 'vivid' },
    gets: {
      model: 'gemini-3.1-flash-image-preview',
      prompt,
      n: 1,
      size: '1024x1024',
      quality: 'hd',
      style: 'vivid',
      response_format: 'b64_json',
    },
  },
  aimlapi: {
    asked: { aspect_ratio: '21:9', seed: 7, guidance_scale: 3, output_format: 'png' },
    gets: {
      model: 'flux/kontext-pro/text-to-image',
      prompt,
      num_images: 1,
      aspect_ratio: '21:9',
      seed: 7,
      guidance_scale: 3,
      output_format: 'png',
    },
  },
  together: {
    asked: { size: '768x512', seed: 7, steps: 4, output_format: 'png' },
    gets: {
      model: 'black-forest-labs/FLUX.1-schnell',
      prompt,
      n: 1,
      ...SIZE,
      seed: 7,
      steps: 4,
      output_format: 'png',
      response_format: 'url',
    },
  },
  localai: {
    asked: { size: '768x512', steps: 20, negative_prompt: 'boats' },
    gets: {
      model: 'stablediffusion',
      prompt: `${prompt}|boats`,
      n: 1,
      size: '768x512',
      step: 20,
      response_format: 'url',
    },
  },
  'stable-diffusion.cpp': {
    asked: { size: '768x512', seed: 7, steps: 20 },
    gets: {
      model: 'sd-cpp-local',
      prompt: `${prompt}<sd_cpp_extra_args>{"seed":7,"sample_params":{"sample_steps":20}}</sd_cpp_extra_args>`,
      n: 1,
      size: '768x512',
    },
  },
  'vllm-omni': {
    asked: { size: '768x512', seed: 7, steps: 20, guidance_scale: 3, negative_prompt: 'boats' },
    gets: {
      model: 'Qwen/Qwen-Image',
      prompt,
      n: 1,
      size: '768x512',
      seed: 7,
      num_inference_steps: 20,
      guidance_scale: 3,
      negative_prompt: 'boats',
      response_format: 'b64_json',
    },
  },
  sglang: {
    asked: { size: '768x512', seed: 7, steps: 20, guidance_scale: 3, negative_prompt: 'boats' },
    gets: {
      model: 'black-forest-labs/FLUX.2-dev',
      prompt,
      n: 1,
      size: '768x512',
      seed: 7,
      num_inference_steps: 20,
      guidance_scale: 3,
      negative_prompt: 'boats',
      response_format: 'b64_json',
    },
  },
}
