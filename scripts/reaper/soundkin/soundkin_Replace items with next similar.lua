-- @noindex
-- Replaces the sound of each selected item by the next similar one, in place, with one undo step.

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])")
package.path = folder .. "soundkin_lib/?.lua;" .. package.path
require("boot").run(function()
  require("actions").replace("next")
end)
