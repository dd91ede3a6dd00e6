-- Runs one file of tests and prints "ok NAME" or "FAIL NAME" with the reason, one test a line of its own.
-- usage: lua run.lua FILE [NAME]

local here = arg[0]:match("^(.*[/\\])") or "./"
local scripts = os.getenv("SOUNDKIN_REAPER_SCRIPTS") or "scripts/reaper/soundkin"
package.path = here .. "?.lua;" .. scripts .. "/soundkin_lib/?.lua;" .. package.path

local T = { worlds = {} }
local only = arg[2]
local failed = 0

function T.equal(got, wanted, what)
  if got ~= wanted then
    error(("%sexpected %s, got %s"):format(what and what .. ": " or "", tostring(wanted), tostring(got)), 2)
  end
end

function T.match(text, pattern)
  if not tostring(text):find(pattern) then error(("expected %q in %q"):format(pattern, tostring(text)), 2) end
end

-- A world whose invariants are checked when the test ends.
function T.world(options)
  local world = require("world").new(options)
  T.worlds[#T.worlds + 1] = world
  return world
end

function T.test(name, body)
  if only and name ~= only then return end
  T.worlds = {}
  local ok, reason = xpcall(body, debug.traceback)
  for _, world in ipairs(T.worlds) do
    local violations = world:check()
    if ok and #violations > 0 then
      ok, reason = false, "violations:\n  " .. table.concat(violations, "\n  ")
    elseif #violations > 0 then
      reason = reason .. "\nviolations:\n  " .. table.concat(violations, "\n  ")
    end
  end
  failed = failed + (ok and 0 or 1)
  if not ok and os.getenv("SOUNDKIN_FIRST_FAILURE") then os.exit(1) end
  print((ok and "ok " or "FAIL ") .. name .. (ok and "" or "\n" .. tostring(reason):gsub("\n", "\n    ")))
end

_G.T = T
dofile(arg[1])
os.exit(failed == 0 and 0 or 1)
