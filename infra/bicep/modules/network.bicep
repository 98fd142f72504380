// The network of a private deployment: one subnet for containers, one for the private endpoints of what they reach.

param name string
param location string
param tags object

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        '10.40.0.0/16'
      ]
    }
    subnets: [
      {
        name: 'containers'
        properties: {
          addressPrefix: '10.40.0.0/23'
          delegations: [
            {
              name: 'containers'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: '10.40.4.0/24'
        }
      }
    ]
  }
}

output id string = network.id
output containersSubnetId string = '${network.id}/subnets/containers'
output endpointsSubnetId string = '${network.id}/subnets/endpoints'
