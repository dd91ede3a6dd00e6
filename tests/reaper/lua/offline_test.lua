-- The installed scripts when the daemon is gone although its endpoint file is still there (it crashed).

local test, equal, match = T.test, T.equal, T.match
local scenes = require("scenes")

test("a dead daemon is noticed within 1.5 seconds by " .. os.getenv("SOUNDKIN_TRANSPORT"), function()
  local transport = os.getenv("SOUNDKIN_TRANSPORT")
  local made = T.world({ profile = transport == "udp" and "socket" or "bare", media = { ["/a.wav"] = { length = 1 } },
    real_time = true, resource = os.getenv("SOUNDKIN_RESOURCE") })
  made.ext["soundkin/transport"] = transport
  local item = scenes.item(made, { path = "/a.wav" })
  local began = made:now()
  made:start("Replace items with next similar")
  made:spin(function() return #made.tooltips > 0 end, 5)
  local took = made:now() - began
  match(made.tooltips[1], "does not answer")
  equal(took < 4, true, ("took %.2f s"):format(took))
  equal(item.takes[1].source.path, "/a.wav")
  made:exit()
end)
