-- @noindex
-- Hearing a hit: through SWS where it is installed (gain, tempo, bar-aligned), else through the Media Explorer.
-- Owns at most one preview and its source, and stops no other script's.

local M = {}

local FADE_S = 0.004
local MOST_GAIN_DB, LEAST_GAIN_DB = 6, -24

local Preview = {}
Preview.__index = Preview

-- `extras` is host.extras().
function M.new(extras) return setmetatable({ extras = extras }, Preview) end

-- Gain in dB that brings a sound of `loudness_db` to `reference_db`; 0 where either is unknown.
function M.gain_db(loudness_db, reference_db)
  if not loudness_db or not reference_db then return 0 end
  return math.max(LEAST_GAIN_DB, math.min(MOST_GAIN_DB, reference_db - loudness_db))
end

-- Playback rate that brings `bpm` to the project's, halving or doubling what would be more than half an octave off.
function M.rate(bpm, project_bpm)
  if not bpm or bpm <= 0 or not project_bpm or project_bpm <= 0 then return 1 end
  local rate = project_bpm / bpm
  while rate > 1.42 do rate = rate / 2 end
  while rate < 0.71 do rate = rate * 2 end
  return rate
end

-- Plays a hit. options: gain_match (reference_db), tempo_match, loop, on_bar, gain_db. nil and a reason where it cannot.
function Preview:play(hit, options)
  self:stop()
  if not reaper.file_exists(hit.path) then return nil, "the file is gone" end
  if not self.extras.preview then
    reaper.OpenMediaExplorer(hit.path, true)
    return true
  end
  local source = reaper.PCM_Source_CreateFromFile(hit.path)
  if not source then return nil, "the file cannot be read" end
  local preview = reaper.CF_CreatePreview(source)
  if not preview then
    reaper.PCM_Source_Destroy(source)
    return nil, "the preview could not be made"
  end
  self.source, self.preview = source, preview
  local gain = (options.gain_db or 0) + (options.gain_match and M.gain_db(hit.loudness_db, options.reference_db) or 0)
  reaper.CF_Preview_SetValue(preview, "D_VOLUME", 10 ^ (gain / 20))
  reaper.CF_Preview_SetValue(preview, "D_FADEINLEN", FADE_S)
  reaper.CF_Preview_SetValue(preview, "D_FADEOUTLEN", FADE_S)
  reaper.CF_Preview_SetValue(preview, "B_LOOP", options.loop and 1 or 0)
  if options.tempo_match then
    local bpm = reaper.TimeMap2_GetDividedBpmAtTime(0, reaper.GetCursorPosition())
    reaper.CF_Preview_SetValue(preview, "D_PLAYRATE", M.rate(hit.bpm, bpm))
    reaper.CF_Preview_SetValue(preview, "B_PPITCH", 1)
  end
  if options.on_bar and reaper.GetPlayState() & 1 == 1 then reaper.CF_Preview_SetValue(preview, "D_MEASUREALIGN", 1) end
  if not reaper.CF_Preview_Play(preview) then
    self:stop()
    return nil, "the preview could not be started"
  end
  return true
end

-- Stops our own preview and gives its source back.
function Preview:stop()
  if self.preview then reaper.CF_Preview_Stop(self.preview) end
  if self.source then reaper.PCM_Source_Destroy(self.source) end
  self.preview, self.source = nil, nil
end

-- Shows a file in the system's file browser (SWS), else in the Media Explorer.
function Preview:reveal(path)
  if self.extras.locate then
    reaper.CF_LocateInExplorer(path)
  else
    reaper.OpenMediaExplorer(path, false)
  end
end

-- Whether something of ours plays.
function Preview:playing()
  if not self.preview then return false end
  return (reaper.CF_Preview_GetValue(self.preview, "D_POSITION")) == true
end

return M
