-- @noindex
-- Bind this to an OSC address (or key, or MIDI note): the address or its text says what is done. See docs/reaper.md.

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])")
package.path = folder .. "soundkin_lib/?.lua;" .. package.path
require("boot").run(function()
  require("remote").run((select(8, reaper.get_action_context())))
end)
