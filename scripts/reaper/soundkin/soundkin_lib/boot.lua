-- @noindex
-- How every action starts: refuses where scripts may not use files, seeds chance, and turns an error into one dialog.

local M = {}

local function crash(what)
  return debug.traceback(tostring(what), 2)
end

-- Shows an error once; the dialog is the last thing that the script does.
function M.report(trace)
  reaper.MB("This action stopped because of an error. Please report it:\n\n" .. trace, "Soundkin", 0)
end

M.CLOSE, M.AGAIN = 1, 3 -- what a second launch does while the script still runs: end it, or end it and start afresh

-- Runs `main()`; errors in it are shown once. `relaunch` is M.CLOSE or M.AGAIN, the default: without it REAPER would
-- show a dialog at every second key press (REAPER 7.03 and newer).
function M.run(main, relaunch)
  if not io or not os then
    reaper.MB("REAPER runs this script without file access, so it cannot reach Soundkin.", "Soundkin", 0)
    return
  end
  if reaper.set_action_options then reaper.set_action_options(relaunch or M.AGAIN) end
  math.randomseed(math.floor(reaper.time_precise() * 1e6) ~ os.time())
  local ok, trace = xpcall(main, crash)
  if not ok then M.report(trace) end
  if ok then reaper.defer(function() end) end -- tells REAPER that the script itself makes no undo step
end

-- Calls `turn()` in every turn of REAPER's loop until it returns false; `done()` runs once at the end, also after an error.
function M.loop(turn, done)
  local ended = false
  local function finish()
    if ended then return end
    ended = true
    local ok, trace = xpcall(done, crash)
    if not ok then M.report(trace) end
  end
  reaper.atexit(finish)
  local function step()
    local ok, again = xpcall(turn, crash)
    if ok and again then
      reaper.defer(step)
    else
      finish()
      if not ok then M.report(again) end
    end
  end
  reaper.defer(step)
end

return M
